// Node's own HTTP/2 and HTTP/1.1 servers on one port: node peer.mjs PORT CERT KEY
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';

const [port, cert, key] = process.argv.slice(2);
const period = 251;
const block = Buffer.from(Array.from({ length: 65536 + period }, (_, i) => i % period));

// Node's HTTP/1.1 server pauses a connection whose socket has more to write than its high-water mark when the next request
// comes, as if it had been pipelined, and then fails with "Parse Error: Paused" on that request's body (v20.20.2, with any
// client that is fast enough). So each piece waits for the one before it, and the last is a small one.
const small = 1024;

async function pattern(res, first, end) {
  for (let at = first; at < end && !res.destroyed;) {
    const left = end - at;
    const n = left <= small ? left : Math.min(65536, left - small);
    await new Promise((written) => {
      res.once('close', written);
      res.write(block.subarray(at % period, at % period + n), () => {
        res.removeListener('close', written);
        written();
      });
    });
    at += n;
  }
  res.end();
}

function bytes(req, res, size) {
  let [first, end] = [0, size];
  const range = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '');
  if (range) {
    [first, end] = [Number(range[1]), Math.min(size, Number(range[2]) + 1)];
    res.setHeader('content-range', `bytes ${first}-${end - 1}/${size}`);
  }
  res.writeHead(range ? 206 : 200, { 'content-type': 'application/octet-stream', 'content-length': end - first });
  if (req.method === 'HEAD') {
    res.end();
    return;
  }
  pattern(res, first, end);
}

function post(req, res) {
  const hash = createHash('sha256');
  let size = 0;
  req.on('data', (piece) => {
    hash.update(piece);
    size += piece.length;
  });
  req.on('error', (err) => console.error(req.url, err));
  req.on('end', () => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ body: { size, sha256: hash.digest('hex') } }));
  });
}

const options = {
  cert: readFileSync(cert), key: readFileSync(key), allowHTTP1: true, http1Options: { keepAliveTimeout: 60_000 },
};
const server = createSecureServer(options, (req, res) => {
  const get = /^\/bytes\/(\d+)$/.exec(req.url);
  if (get && req.method !== 'POST') {
    bytes(req, res, Number(get[1]));
  } else if (req.method === 'POST' && req.url === '/post') {
    post(req, res);
  } else {
    res.writeHead(404);
    res.end();
  }
});
server.on('sessionError', (err) => console.error('session', err));
server.on('tlsClientError', (err) => console.error('tls', err));
server.listen(Number(port), '127.0.0.1');
