/** The one function used of `qrcode`; the published types need those of Node, which no browser code may see. */
declare module 'qrcode' {
  export function create(
    text: string,
    options?: { readonly errorCorrectionLevel?: 'L' | 'M' | 'Q' | 'H' },
  ): { readonly modules: { readonly size: number; readonly data: Uint8Array } }
}
