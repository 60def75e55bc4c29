package io.millrace.edge.cache;

import org.jspecify.annotations.Nullable;

/**
 * SIEVE eviction (Zhang et al., NSDI 2024): a queue in order of arrival and a hand that walks from
 * the oldest to the newest; whoever was used since the hand's last visit stays, where it stands.
 *
 * <p>A hit sets one flag and takes no lock. Insertions and evictions are synchronised.
 */
@SuppressWarnings("ReferenceEquality") // nodes are places in the queue, not values
final class Sieve<T extends Sieve.Node> {

    /** What can stand in one queue at a time. */
    abstract static class Node {
        private @Nullable Node newer;
        private @Nullable Node older;
        private boolean linked;
        private volatile boolean visited;

        /** Notes a use. */
        public final void touch() {
            if (!visited) {
                visited = true;
            }
        }
    }

    private @Nullable Node newest;
    private @Nullable Node oldest;
    private @Nullable Node hand;
    private int size;

    synchronized int size() {
        return size;
    }

    synchronized void add(T item) {
        Node node = item;
        if (node.linked) {
            return;
        }
        node.linked = true;
        node.older = newest;
        node.newer = null;
        if (newest != null) {
            newest.newer = node;
        }
        newest = node;
        if (oldest == null) {
            oldest = node;
        }
        size++;
    }

    synchronized boolean remove(T item) {
        return unlink(item);
    }

    /** Takes the next victim out of the queue, or null when it is empty. */
    @SuppressWarnings("unchecked")
    synchronized @Nullable T evict() {
        Node node = hand == null ? oldest : hand;
        while (node != null && node.visited) {
            node.visited = false;
            node = node.newer == null ? oldest : node.newer;
        }
        if (node == null) {
            return null;
        }
        hand = node.newer;
        unlink(node);
        return (T) node;
    }

    private boolean unlink(Node node) {
        if (!node.linked) {
            return false;
        }
        if (hand == node) {
            hand = node.newer;
        }
        if (node.newer == null) {
            newest = node.older;
        } else {
            node.newer.older = node.older;
        }
        if (node.older == null) {
            oldest = node.newer;
        } else {
            node.older.newer = node.newer;
        }
        node.newer = null;
        node.older = null;
        node.linked = false;
        size--;
        return true;
    }
}
