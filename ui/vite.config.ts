import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

/** `--mode gallery` builds the fixtures' page into a folder of its own; it never ships. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte(), ...(mode === "test" ? [svelteTesting()] : [])],
  build: {
    target: ["es2022", "safari16.4"],
    outDir: mode === "gallery" ? "dist-gallery" : "dist",
    emptyOutDir: true,
    // The content security policy allows files of our own only: nothing may become inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: mode === "gallery" ? "gallery.html" : "index.html" },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
  },
}));
