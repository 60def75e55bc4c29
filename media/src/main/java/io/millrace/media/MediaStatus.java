package io.millrace.media;

/**
 * What this machine can process, for {@code doctor} and the console.
 *
 * @param images libvips
 * @param video ffmpeg (snapshots)
 * @param probes ffprobe (video and audio probes; images are probed without it)
 * @param imageWorkers image workers running now
 * @param imageWorkersLimit the most that may run at once
 */
public record MediaStatus(
        Engine images, Engine video, Engine probes, int imageWorkers, int imageWorkersLimit) {

    /**
     * One native engine.
     *
     * @param available whether it was found and answers
     * @param version such as {@code 8.14.1}; empty when it is not available
     * @param detail where it was found, or why not and what to install
     */
    public record Engine(boolean available, String version, String detail) {}
}
