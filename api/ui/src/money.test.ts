import { expect, test } from "vitest";
import { money, moneyChange, priceText } from "./money";

test("money is written to the cent, or to two digits that are not 0", () => {
  expect(money(0.0412, "USD")).toBe("0.041 USD");
  expect(money(12.346)).toBe("12.35");
  expect(money(50.4, "EUR")).toBe("50.40 EUR");
  expect(money(1234.6, "EUR")).toBe("1,235 EUR");
  expect(money(0)).toBe("0.00");
  expect(moneyChange(-4.92, "USD")).toBe("−4.92 USD");
  expect(moneyChange(0.3)).toBe("+0.30");
  expect(priceText({ podHour: 0.041, currency: "USD", source: "OpenCost's mean of 3 nodes over 24 h" })).toBe("0.041 USD per pod-hour, OpenCost's mean of 3 nodes over 24 h");
});
