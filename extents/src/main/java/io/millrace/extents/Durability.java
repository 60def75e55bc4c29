package io.millrace.extents;

/** What an acknowledgement promises. */
public enum Durability {
    /** On the disk before the answer: survives a loss of power. */
    STRICT,
    /** With the operating system before the answer, on the disk within a second. */
    RELAXED,
    /** With the operating system before the answer, on the disk when it pleases. */
    NONE
}
