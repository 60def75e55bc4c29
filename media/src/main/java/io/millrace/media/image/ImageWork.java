package io.millrace.media.image;

import java.util.List;

/**
 * One picture to be made.
 *
 * @param process an {@code image/…} in its canonical spelling
 * @param source what it is made of
 * @param watermarks the pictures laid over it, in the order of their use
 * @param sameAs who has the same text is answered by one computation: it names the versions of all
 *     inputs and the process
 * @param alike what a picture that failed is remembered by: the content of all inputs and the
 *     process. Other objects with the same bytes count as it; an answer is never shared by this,
 *     because an ETag can be made to match
 * @param close frees the inputs; called once, when the work is over or somebody else does it
 */
public record ImageWork(
        String process,
        Picture source,
        List<Picture> watermarks,
        String sameAs,
        String alike,
        Runnable close) {
    public ImageWork {
        watermarks = List.copyOf(watermarks);
    }
}
