package io.millrace.store.content;

import io.millrace.store.space.In;
import io.millrace.store.space.Out;

/**
 * That a content is read on a node, for the node that frees.
 *
 * @param untilMillis when this counts no more, unless it is renewed
 */
public record ReadRow(long untilMillis) {
    private static final int FORMAT = 1;

    public byte[] encode() {
        return new Out(10).u8(FORMAT).varint(untilMillis).done();
    }

    public static ReadRow decode(byte[] bytes) {
        return new ReadRow(In.record(bytes, FORMAT, "a long read").varint());
    }
}
