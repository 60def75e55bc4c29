/** Tests of the store on real RocksDB and real extents. */
@org.jspecify.annotations.NullMarked
package io.millrace.store;
