package io.millrace.media;

/** How far the probe of an object has come. */
public enum ProbeState {
    /** It holds an image, video or sound, and its facts are known. */
    DONE,
    /** It was looked at and is no media. */
    NO_MEDIA,
    /** It can't be read; it is not tried again until it changes. */
    FAILED,
    /** It can still be appended to: it is looked at when it is sealed. */
    GROWING,
    /** A segment of a live stream, whose facts are known where it is made; it is not looked at. */
    LIVE_SEGMENT,
    /** Its turn comes, as a rule within seconds. */
    WAITING
}
