import { defineConfig } from 'vite';

// The page is served from the class path by the console door; everything it needs is in the
// bundle, so that it works on a machine without the internet.
export default defineConfig({
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy has no data: for scripts and fonts
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: {
    port: 5173,
    proxy: { '/api': 'http://localhost:9001' },
  },
});
