package io.millrace.live.camera;

import io.millrace.formats.mpegts.TsListener;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What was found broken in an object: scanning goes on at the next packet, and a player at the next
 * keyframe. The bytes stay where they are, within the segment around them.
 *
 * @param places how many there are
 * @param first the first {@value #KEPT} of them, in the order of the bytes
 */
record Damages(long places, List<Place> first) {
    static final Damages NONE = new Damages(0, List.of());
    private static final int KEPT = 16;
    private static final int PLACE_BYTES = 1 + 2 * Long.BYTES;

    /** One of them; {@link TsListener.Damage} says what is counted. */
    record Place(long offset, TsListener.Damage kind, long amount) {}

    Damages {
        first = List.copyOf(first);
    }

    Damages with(long offset, TsListener.Damage kind, long amount) {
        if (places >= KEPT) {
            return new Damages(places + 1, first);
        }
        List<Place> more = new ArrayList<>(first);
        more.add(new Place(offset, kind, amount));
        return new Damages(places + 1, more);
    }

    int encodedBytes() {
        return Long.BYTES + 1 + first.size() * PLACE_BYTES;
    }

    void encode(ByteBuffer out) {
        out.putLong(places).put((byte) first.size());
        for (Place place : first) {
            out.put(code(place.kind)).putLong(place.offset).putLong(place.amount);
        }
    }

    static Damages decode(ByteBuffer in) {
        long places = in.getLong();
        int kept = in.get();
        List<Place> first = new ArrayList<>(kept);
        for (int i = 0; i < kept; i++) {
            TsListener.Damage kind = kind(in.get());
            first.add(new Place(in.getLong(), kind, in.getLong()));
        }
        return new Damages(places, first);
    }

    private static byte code(TsListener.Damage kind) {
        return switch (kind) {
            case RESYNC -> 1;
            case CONTINUITY -> 2;
            case MALFORMED -> 3;
        };
    }

    private static TsListener.Damage kind(byte code) {
        return switch (code) {
            case 1 -> TsListener.Damage.RESYNC;
            case 2 -> TsListener.Damage.CONTINUITY;
            default -> TsListener.Damage.MALFORMED;
        };
    }
}
