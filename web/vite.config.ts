/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// Address of the running stack to which `npm run dev` passes calls of the API.
const stack = process.env.DIBS ?? "http://127.0.0.1:8080";

/** Serves the console's page for its paths, as the stack and CloudFront do. */
const consolePage: Plugin = {
  name: "console-page",
  configureServer(server) {
    server.middlewares.use((request, _response, next) => {
      if (/^\/console(\/[^.]*)?(\?|$)/.test(request.url ?? "")) request.url = "/console.html";
      next();
    });
  },
};

export default defineConfig({
  plugins: [react(), consolePage],
  resolve: { conditions: ["dibs-source", "module", "browser", "development|production"] },
  server: {
    host: "127.0.0.1",
    fs: { allow: [".."] },
    proxy: {
      "/api": stack,
      "/.well-known": stack,
      "/_standins": stack,
      "/_demo": stack,
      "/ws": { target: stack.replace(/^http/, "ws"), ws: true },
    },
  },
  build: {
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "console.html"] },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
