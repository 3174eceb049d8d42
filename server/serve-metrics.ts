/** `/metrics` on a port of its own, which is for the operator's network and never behind the proxy. */
import { createServer } from 'node:http'
import type { Config } from './config.ts'
import { listen } from './listen.ts'
import type { Metrics } from './metrics.ts'

/** Does nothing without a port. Returns what closes it. Throws as `listen` does. */
export async function serveMetrics(
  { metricsHost, metricsPort }: Pick<Config, 'metricsHost' | 'metricsPort'>,
  metrics: Metrics,
): Promise<() => void> {
  if (metricsPort === null) return () => undefined
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    metrics.render().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await listen(server, { port: metricsPort, host: metricsHost, variable: 'METRICS_PORT' })
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
