package io.millrace.live.rtmp;

import io.millrace.formats.FormatException;
import io.millrace.formats.amf.AmfValue;

/** What the door needs of the streams behind it. Thread-safe. */
public interface Ingest {
    /** Asks whether a publisher may come in; a refusal says nothing that helps to guess keys. */
    Admission admit(String stream, String key, Peer peer);

    /** The answer to {@link #admit}. */
    sealed interface Admission {
        record Admitted(Publication publication) implements Admission {}

        /** The reason goes to the publisher. */
        record Refused(Why why, String reason) implements Admission {}
    }

    /** Why a publisher stays outside. */
    enum Why {
        /** No such stream, or the key is wrong: the same answer for both. */
        DENIED,
        /** Another publisher is there and alive. */
        BUSY,
        /** The server can't take it now. */
        UNAVAILABLE
    }

    /** The publisher's connection. */
    interface Peer {
        /** Address and port. */
        String address();

        /** Whether it has been silent for so long that another may take its place. */
        boolean silentFor(long milliseconds);

        /** Cuts the connection; the reason is logged. Never blocks. */
        void cut(String reason);
    }

    /**
     * A publisher's push, used by its connection's thread alone. Damaged access units are dropped
     * and counted inside.
     */
    interface Publication {
        /** Why a push ends by its publisher's own word. */
        String BY_ITSELF = "the publisher ended the push";

        void metadata(AmfValue.Obj data);

        /**
         * One FLV video tag body; {@code timestamp} as it came, 32 bits.
         *
         * @throws FormatException UNSUPPORTED when nothing here plays this codec
         */
        void video(long timestamp, byte[] tag);

        /** One FLV audio tag body, likewise. */
        void audio(long timestamp, byte[] tag);

        /** The push is over; called once. {@link #BY_ITSELF} when nothing is wrong. */
        void end(String why);
    }
}
