/** WebKitGTK, the engine of Safari and of GNOME's browser, on a display in memory. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { findFreePort } from '../free-port.ts'
import { askUntil } from './ask-until.ts'
import type { DrivenOptions, Engine, Running } from './driven-profile.ts'
import { connectHttp } from './webdriver-http.ts'

const DRIVER = '/usr/bin/WebKitWebDriver'
const BROWSER = fileURLToPath(new URL('webkit-browser.mjs', import.meta.url))

export const webkit: Engine = {
  name: 'webkit',

  async start(folder: string, { colorScheme = 'light' }: DrivenOptions): Promise<Running> {
    const { display, screen } = await openDisplay()
    const port = await findFreePort()
    const driver = spawn('setpriv', ['--pdeathsig', 'KILL', DRIVER, `--port=${port}`], {
      env: { ...process.env, DISPLAY: display, HOME: folder, XDG_RUNTIME_DIR: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await askUntil('WebKitWebDriver', () => fetch(`http://127.0.0.1:${port}/status`))
    const connection = await connectHttp(port, {
      'webkitgtk:browserOptions': {
        binary: '/usr/bin/setpriv',
        args: ['--pdeathsig', 'KILL', '/usr/bin/gjs', '-m', BROWSER, folder, colorScheme],
      },
    })
    return { driver: connection, children: [driver, screen], outputs: [driver.stderr] }
  },

  readConsole: (line) => line,
}

async function openDisplay(): Promise<{ display: string; screen: ChildProcess }> {
  const args = ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp']
  const screen = spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/Xvfb', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = (await once(screen.stdout, 'data')) as [Buffer] // the display's number, once it can be used
  return { display: `:${number.toString().trim()}`, screen }
}
