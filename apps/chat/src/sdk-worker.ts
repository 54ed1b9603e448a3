import '@sotto/client/worker';
