// How Node runs the platform.
//
// The body of a request arrives in fresh buffers of 64 KiB. V8 counts them as external memory, and by default answers every 17 MiB
// of it with a full collection, in which uploads spent a third of their time. Measured beside s3rver, PUT of 1 MiB: 1.0 to 1.15 times
// its rate without the flags, 1.31 to 1.41 with the first, 1.55 with both, while the p99 fell from 28 to 17 ms. The price is a heap
// that may grow to three times what lives before it is collected.
//
// A cold start runs code that has run a few times at most, and V8 interprets that. Compiled at its first call, without optimisations, the first
// twenty cold starts of a platform took 2.8 instead of 3.1 ms (medians of two runs each, in turns); warm invocations cost the same, the process 8 MB more.

export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--external-memory-accounted-in-global-limit',
  '--heap-growing-percent=200',
  '--always-sparkplug',
];
