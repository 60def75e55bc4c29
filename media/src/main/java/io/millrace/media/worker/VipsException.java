package io.millrace.media.worker;

/** libvips refused; the message is its own. */
final class VipsException extends RuntimeException {
    VipsException(String message) {
        super(message);
    }
}
