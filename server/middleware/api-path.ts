/** Whether a path belongs to the API: everything else is the app's files. */
export const isApiPath = (path: string): boolean => path === '/api' || path.startsWith('/api/')
