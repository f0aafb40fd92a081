// The least a hub's start could be: the embedded PostgreSQL and a bare HTTP server, both on the same manners.
import { createServer } from 'node:http';
import { openEmbedded } from '#store/embedded/embedded.ts';

const [dataFolder = ''] = process.argv.slice(2);
const database = await openEmbedded({ dataFolder, chosen: true });
const server = createServer((_request, response) => void response.end('ready\n'));
server.listen(0, '127.0.0.1', () => {
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  console.log(`Sundog is ready at http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => {
  server.close();
  void database[Symbol.asyncDispose]();
});
