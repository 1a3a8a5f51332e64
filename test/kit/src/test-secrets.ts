// The secrets the kit hands out, in one place: the run of all tests is searched for them. Imports nothing.

/** What the gateway `edge` shows. */
export const TEST_GATEWAY_SECRET = 'edge-Zk3v9QmT7xLw2RbN8sYpC5uHdJ4f'

/** What Bailiwick's own client shows the directory's token endpoint. */
export const TEST_DIRECTORY_SECRET = 'directory-secret-for-tests'
