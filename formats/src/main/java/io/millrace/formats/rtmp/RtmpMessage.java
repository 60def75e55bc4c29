package io.millrace.formats.rtmp;

/**
 * One RTMP message, whole.
 *
 * @param type the message type id, see the constants
 * @param streamId the message stream, 0 for the connection
 * @param timestamp milliseconds, 32 bits unsigned, wraps after 49.7 days
 * @param payload belongs to the message; nobody writes to it later
 */
@SuppressWarnings("ArrayRecordComponent")
public record RtmpMessage(int type, int streamId, long timestamp, byte[] payload) {
    public static final int SET_CHUNK_SIZE = 1;
    public static final int ABORT = 2;
    public static final int ACKNOWLEDGEMENT = 3;
    public static final int USER_CONTROL = 4;
    public static final int WINDOW_ACK_SIZE = 5;
    public static final int SET_PEER_BANDWIDTH = 6;
    public static final int AUDIO = 8;
    public static final int VIDEO = 9;
    public static final int DATA_AMF3 = 15;
    public static final int COMMAND_AMF3 = 17;
    public static final int DATA_AMF0 = 18;
    public static final int COMMAND_AMF0 = 20;
    public static final int AGGREGATE = 22;
}
