package io.millrace.kit.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** The body of an answer, written while the client reads. One thread's own. */
public abstract class AnswerBody extends OutputStream {
    /** Bytes that a source may use as scratch behind the limit of a buffer. */
    public static final int SCRATCH_BYTES = 4;

    /** Where bytes come from. */
    public interface Source {
        /**
         * Fills all that remains of a buffer; a direct one has {@link AnswerBody#SCRATCH_BYTES} of
         * capacity behind its limit.
         *
         * @param at bytes of the transfer before these
         */
        void fill(long at, ByteBuffer into) throws IOException;
    }

    /** Writes bytes that were read already, without a copy; they are given back in any case. */
    public abstract void write(Piece piece) throws IOException;

    /**
     * Writes bytes that a source puts into the buffers that go to the socket, up to 256 KiB at a
     * time: nothing is copied in between.
     *
     * @param count how many
     */
    public abstract void transfer(long count, Source source) throws IOException;
}
