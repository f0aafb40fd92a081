// Builds the console into dist/console; the hub replaces __NONCE__ in index.html on every request.
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  html: { cspNonce: '__NONCE__' },
  build: { outDir: '../dist/console', emptyOutDir: true, chunkSizeWarningLimit: 900 },
});
