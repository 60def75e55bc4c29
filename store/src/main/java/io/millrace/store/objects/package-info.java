/**
 * Objects: put, append, copy, delete, read and list, each in a file of its own, and the one commit
 * that they make. Uses content, log, buckets and space.
 */
@NullMarked
package io.millrace.store.objects;

import org.jspecify.annotations.NullMarked;
