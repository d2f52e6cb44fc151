import { number } from "./format";
import type { Price } from "./types";

// money writes an amount: "50.43 USD", "0.041 USD", "1,234 EUR"; the currency may be unknown.
export function money(x: number, currency = ""): string {
  const a = Math.abs(x);
  const digits = a === 0 || a >= 0.1 ? 2 : Math.min(1 - Math.floor(Math.log10(a)), 12);
  const text = a >= 1000 ? number(Math.round(x)) : x.toFixed(digits);
  return currency ? `${text} ${currency}` : text;
}

// moneyChange says by how much costs change: "−4.92 USD", "+0.30 EUR".
export const moneyChange = (x: number, currency?: string): string => `${x < 0 ? "−" : "+"}${money(Math.abs(x), currency)}`;

// priceText is a price with where it is from.
export const priceText = (p: Price): string => `${money(p.podHour, p.currency)} per pod-hour, ${p.source}`;
