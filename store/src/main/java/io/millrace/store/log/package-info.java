/** The change log: what happened to which object, in 64 shards, for whoever follows. Uses space. */
@NullMarked
package io.millrace.store.log;

import org.jspecify.annotations.NullMarked;
