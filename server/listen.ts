/** Listening, with words for people when that fails. */
import type { Server } from 'node:http'

/** Throws an error whose message says which variable to change when the port is in use. */
export async function listen(
  server: Server,
  { port, host, variable }: { port: number; host: string; variable: string },
): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is in use. Stop what uses it, or set ${variable} to another.`, {
              cause: error,
            })
          : error,
      ),
    )
    server.listen(port, host, resolve)
  })
  return server
}
