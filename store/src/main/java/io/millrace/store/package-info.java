/**
 * The object store's door: opens the store and its settings. The rest lives below, each package
 * using only what stands after it: reclaim and scrub, uploads, objects, then buckets, log, content
 * and registry side by side, then space.
 */
@NullMarked
package io.millrace.store;

import org.jspecify.annotations.NullMarked;
