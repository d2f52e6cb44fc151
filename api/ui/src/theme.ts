import { useEffect, useState } from "preact/hooks";

// The colours of the plots are those of the style sheet.
export interface Colours {
  ink: string;
  muted: string;
  line: string;
  accent: string;
  band: string;
  warm: string;
  panel: string;
}

export function colours(): Colours {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return { ink: of("ink"), muted: of("muted"), line: of("line"), accent: of("accent"), band: of("band"), warm: of("warm"), panel: of("panel") };
}

// useScheme is "dark" or "light", as the reader's system is now.
export function useScheme(): string {
  const [scheme, setScheme] = useState(read);
  useEffect(() => {
    const media = matchMedia("(prefers-color-scheme: dark)");
    const heard = () => setScheme(read());
    media.addEventListener("change", heard);
    return () => media.removeEventListener("change", heard);
  }, []);
  return scheme;
}

const read = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
