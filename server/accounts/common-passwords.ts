/** The passwords that people use most, as a bundled list. */
import { dictionary } from '@zxcvbn-ts/language-common'

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map((one) => one.toLowerCase()))

/** Whether a password, in whatever case, is one of the list's. */
export const isCommon = (password: string): boolean => COMMON.has(password.toLowerCase())
