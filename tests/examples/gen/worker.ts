// The worker beside the page's example.
// oxlint-disable-next-line import/no-unassigned-import -- it runs the client, and exports nothing
import '@sotto/client/worker';
