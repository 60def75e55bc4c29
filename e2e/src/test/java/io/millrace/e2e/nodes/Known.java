package io.millrace.e2e.nodes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a key may hold: one content when all is known, several after an unknown answer. */
final class Known {
    final List<byte[]> contents = new ArrayList<>();

    /** Whether 404 is right, too. */
    boolean mayBeAbsent;

    /** After an unknown answer or a delete: what was asked may still happen, so it rests. */
    boolean doubtful;

    /** All that it may hold was written through one node each, so some node has all its bytes. */
    boolean ofOneNode;

    /** Copies of it that may still be made, of what it holds then. */
    private final List<Known> copies = new ArrayList<>();

    Known(byte[] content, boolean ofOneNode) {
        contents.add(content);
        this.ofOneNode = ofOneNode;
    }

    /** What came before may still be there, because nobody knows whether this was done. */
    void orStill(Known before) {
        contents.addAll(before.contents);
        mayBeAbsent |= before.mayBeAbsent;
        ofOneNode &= before.ofOneNode;
    }

    /** Nobody knows whether a copy was made: it may still be, of what comes after. */
    void mayStillBecome(Known copy) {
        copies.add(copy);
    }

    /** It comes after another content of the same key. */
    void after(Known before) {
        copies.addAll(before.copies);
        copies.forEach(copy -> copy.contents.add(contents.getFirst()));
    }

    boolean gone() {
        return contents.isEmpty();
    }

    boolean allows(byte[] found) {
        return contents.stream().anyMatch(c -> Arrays.equals(c, found));
    }

    /** Whether an answer that broke off could have become right. */
    boolean allowsBeginning(byte[] found, int length) {
        return contents.stream()
                .anyMatch(c -> c.length >= length && Arrays.equals(c, 0, length, found, 0, length));
    }

    boolean allowsSize(long size) {
        return contents.stream().anyMatch(c -> c.length == size);
    }

    boolean allowsRange(byte[] found, int from) {
        return contents.stream()
                .anyMatch(
                        c ->
                                from + found.length <= c.length
                                        && Arrays.equals(
                                                c,
                                                from,
                                                from + found.length,
                                                found,
                                                0,
                                                found.length));
    }

    @Override
    public String toString() {
        return (doubtful ? "in doubt: " : "sure: ")
                + contents.stream().map(c -> c.length + " bytes").toList()
                + (mayBeAbsent ? " or none" : "");
    }
}
