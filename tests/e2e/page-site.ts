/** A page of `pages/`, built as the app is and served on a free port, with nothing else around it. */
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const PAGES = fileURLToPath(new URL('pages', import.meta.url))

export interface PageSite {
  readonly address: string
  close(): void
}

/** Builds `pages/<name>.html` into `folder`. `onPost` is given the body of every POST. */
export async function servePage(
  name: string,
  { folder, onPost = () => undefined }: { folder: string; onPost?: (body: string) => void },
): Promise<PageSite> {
  await build({
    root: PAGES,
    configFile: false,
    logLevel: 'error',
    build: { outDir: folder, rolldownOptions: { input: path.join(PAGES, `${name}.html`) } },
  })
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        onPost(body)
        response.end()
      })
      return
    }
    const file = new URL(request.url ?? '/', 'http://x').pathname
    response.setHeader('content-type', file.endsWith('.js') ? 'text/javascript' : 'text/html')
    const fail = () => response.writeHead(404).end()
    createReadStream(path.join(folder, file)).on('error', fail).pipe(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a server on TCP has such an address
  return { address: `http://localhost:${port}/${name}.html`, close: () => server.close() }
}
