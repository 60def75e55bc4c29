package io.millrace.work.outgoing;

/**
 * Something that happened in the server, as others are told of it.
 *
 * @param type what, in reverse-DNS form as CloudEvents 1.0 wants it: {@code
 *     io.millrace.device.enrolled}
 * @param subject the thing it happened to: {@code devices/gate-2}
 * @param data a record, written as a JSON object by its names
 */
public record Event(String type, String subject, Record data) {
    /** What an operator sends to see whether events arrive. */
    static final String TEST = "io.millrace.test";
}
