import { defineConfig } from "vite";

// The page has to work under any sub-path and under
// `default-src 'self'; style-src 'self'`: every address is relative, nothing
// is inlined, and no chunk is loaded that the browser did not ask for.
export default defineConfig(async ({ mode }) => ({
  base: "./",
  plugins: mode === "mock" ? [(await import("./dev/mock.ts")).mock()] : [],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/page-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
  // Only for development beside a running `highwater serve`.
  server: { proxy: mode === "mock" ? {} : { "/api": "http://localhost:8080" } },
}));
