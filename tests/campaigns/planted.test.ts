import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { applyEdits } from '../mutants/mutant.ts'
import { plantedBugs } from './planted.ts'

test.each(Object.entries(plantedBugs))('the sources have room for: %s', async (_, edits) => {
  const files = [...new Set(edits.map(({ file }) => file))]
  const texts = new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')] as const)),
  )
  const changed = applyEdits(edits, (file) => texts.get(file) ?? '')
  for (const [file, text] of changed) expect(text).not.toBe(texts.get(file))
})
