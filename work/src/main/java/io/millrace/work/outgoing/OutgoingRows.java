package io.millrace.work.outgoing;

import io.millrace.keyspace.Entry;
import io.millrace.keyspace.Keys;
import io.millrace.keyspace.RowFamily;

/** The keys of the sender's rows, and whether the rows make sense: docs/formats/outgoing.md. */
public final class OutgoingRows {
    /** Messages that wait, dead letters, and how targets fare. */
    public static final RowFamily FAMILY =
            new RowFamily('Q', "outgoing calls", OutgoingRows::check);

    private static final int WAITING = 'w';
    private static final int DEAD = 'd';
    private static final int STATE = 's';

    private OutgoingRows() {}

    /** A message's place in its queue. */
    record Place(long dueMillis, long createdMillis, long number) {}

    static byte[] waiting(String target) {
        return Keys.family(FAMILY.letter()).u8(WAITING).text(target).done();
    }

    static byte[] waiting(String target, Place place) {
        return Keys.under(waiting(target))
                .u64(place.dueMillis())
                .u64(place.createdMillis())
                .u64(place.number())
                .done();
    }

    static Place place(String target, byte[] key) {
        Keys.Reader in = Keys.read(key, waiting(target).length);
        return new Place(in.u64(), in.u64(), in.u64());
    }

    static byte[] dead(String target) {
        return Keys.family(FAMILY.letter()).u8(DEAD).text(target).done();
    }

    static byte[] dead(String target, long number) {
        return Keys.under(dead(target)).u64(number).done();
    }

    static long deadNumber(String target, byte[] key) {
        return Keys.read(key, dead(target).length).u64();
    }

    static byte[] states() {
        return Keys.family(FAMILY.letter()).u8(STATE).done();
    }

    static byte[] state(String target) {
        return Keys.under(states()).text(target).done();
    }

    static String stateOf(byte[] key) {
        return Keys.read(key, states().length).text();
    }

    private static void check(Entry row) {
        switch (Keys.read(row.key(), 1).u8()) {
            case WAITING, DEAD -> Message.decode(row.value());
            case STATE -> TargetState.decode(row.value());
            default -> throw RowFamily.unknown();
        }
    }
}
