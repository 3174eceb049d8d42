/** What rows of questions and batches hold in `text`: written here, so that it is read back as it is. */
import type { AskContent, ShareContent } from '../../protocol/content.ts'
import type { MessageRow } from '../history/database.ts'

export type AskedRange = Pick<AskContent, 'from' | 'to'>
export type Batch = Pick<ShareContent, 'ask' | 'rest' | 'pieces'>

export const writeRange = ({ from, to }: AskedRange): string => JSON.stringify({ from, to })
export const readRange = (text: string): AskedRange => JSON.parse(text) as AskedRange // only `writeRange` writes it

export const writeBatch = ({ ask, rest, pieces }: Batch): string => JSON.stringify({ ask, rest, pieces })
export const readBatch = (text: string): Batch => JSON.parse(text) as Batch // only `writeBatch` writes it

/** A message of ours as it stays once the log has it: of a batch the history holds the texts already. */
export const settled = (row: MessageRow): MessageRow =>
  row.kind === 'share' && row.seal ? { ...row, text: readBatch(row.text).ask } : row
