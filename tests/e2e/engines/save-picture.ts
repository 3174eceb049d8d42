import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DrivenPage } from '../../support/engines/driven-page.ts'

const FOLDER = fileURLToPath(new URL('../../../.build/engines', import.meta.url))

/** Keeps a picture of what a page shows, under `.build/engines/`. */
export async function savePicture(page: DrivenPage, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(path.join(FOLDER, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`), await page.screenshot())
}
