/** One ordered, transactional key space: RocksDB or the PostgreSQL wire. */
@NullMarked
package io.millrace.keyspace;

import org.jspecify.annotations.NullMarked;
