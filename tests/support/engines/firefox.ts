/** Debian's Firefox ESR, without a window. */
import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { askUntil } from './ask-until.ts'
import type { DrivenOptions, Engine, Running } from './driven-profile.ts'
import { connectMarionette } from './marionette.ts'

const PROGRAM = '/usr/bin/firefox-esr'

/** Firefox writes there on which port it can be driven. */
const PORT_FILE = 'MarionetteActivePort'

/** How Firefox repeats what a page says in the console: as a JSON string. */
const SAID = /^console\.[a-z]+: (".*")$/

/** Where files go that are saved in the profile of a folder; outlives it. */
export const downloadsOf = (folder: string): string => `${folder}-downloads`

export const firefox: Engine = {
  name: 'firefox',

  async start(folder: string, options: DrivenOptions): Promise<Running> {
    const portFile = path.join(folder, PORT_FILE)
    await rm(portFile, { force: true })
    await writeFile(path.join(folder, 'user.js'), describePreferences(folder, options))
    const args = ['--headless', '--marionette', '--no-remote', '--profile', folder]
    // The browser ends with the test, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const port = await askUntil('the port of Firefox', async () => Number(await readFile(portFile)) || null)
    return { driver: await connectMarionette(port), children: [child], outputs: [child.stdout] }
  },

  readConsole(line) {
    const text = SAID.exec(line)?.[1]
    return text === undefined ? line : String(JSON.parse(text))
  },
}

function describePreferences(folder: string, { colorScheme = 'light' }: DrivenOptions): string {
  const preferences = {
    // Any that is free.
    'marionette.port': 0,
    // 2: the folder that is named.
    'browser.download.folderList': 2,
    'browser.download.dir': downloadsOf(folder),
    // Somebody who presses "Allow" when Firefox asks whether a site may keep its data.
    'dom.storageManager.prompt.testing': true,
    'dom.storageManager.prompt.testing.allow': true,
    'devtools.console.stdout.content': true,
    'layout.css.prefers-color-scheme.content-override': colorScheme === 'dark' ? 0 : 1,
  }
  return Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join('')
}
