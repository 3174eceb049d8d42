/** WebDriver over HTTP, as WebKitWebDriver takes it. */
import { COMMANDS, WebDriverError, type Command, type Parameters, type WebDriver } from './webdriver.ts'

/** Begins a session at the driver that listens on `port` of this machine. Throws when it refuses. */
export async function connectHttp(port: number, options: Parameters): Promise<WebDriver> {
  const base = `http://127.0.0.1:${port}/session`
  // A new session's answer, as the protocol has it.
  const { sessionId } = (await call('POST', base, { capabilities: { alwaysMatch: options } })) as {
    sessionId: string
  }
  const session = `${base}/${sessionId}`
  return {
    send(command: Command, parameters: Parameters = {}) {
      const [method, path] = COMMANDS[command]
      const filled = path.replaceAll(/:([a-z]+)/g, (_, name: string) => String(parameters[name]))
      return call(method, session + filled, parameters)
    },
    async close() {
      await call('DELETE', session, {})
    },
  }
}

async function call(method: string, address: string, parameters: Parameters): Promise<unknown> {
  const body = method === 'POST' ? { body: JSON.stringify(parameters) } : {}
  const answer = await fetch(address, { method, ...body })
  const { value } = (await answer.json()) as { value: unknown } // the frame of every answer
  if (answer.ok) return value
  const { error, message } = value as { error: string; message: string } // what every refusal holds
  throw new WebDriverError(error, message)
}
