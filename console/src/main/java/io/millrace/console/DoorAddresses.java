package io.millrace.console;

import org.jspecify.annotations.Nullable;

/**
 * Where the doors are, as people and programs outside reach them. A URL that is null is made from
 * the host that the browser used for the console and the door's port, so that a console opened by
 * an address of the local network shows addresses that work from there.
 *
 * @param objectPort the object door's port
 * @param edgePort the edge's port, 0 when no edge runs here
 * @param rtmpPort the RTMP door's port, -1 when it is shut
 * @param consoleUrl such as {@code https://console.example.com}, without a slash at the end
 * @param objectUrl the same for the object door
 * @param edgeUrl the same for the edge
 * @param rtmpUrl such as {@code rtmp://live.example.com/live}
 */
public record DoorAddresses(
        int objectPort,
        int edgePort,
        int rtmpPort,
        @Nullable String consoleUrl,
        @Nullable String objectUrl,
        @Nullable String edgeUrl,
        @Nullable String rtmpUrl) {

    /** Doors on this machine, their addresses made from the host that the browser used. */
    public static DoorAddresses ofPorts(int objectPort, int edgePort, int rtmpPort) {
        return new DoorAddresses(objectPort, edgePort, rtmpPort, null, null, null, null);
    }

    /** The addresses for someone who reached the console as {@code authority} (host[:port]). */
    Public seenFrom(String authority, boolean secure, String region) {
        String host = hostOf(authority);
        String scheme = secure ? "https://" : "http://";
        return new Public(
                consoleUrl != null ? consoleUrl : scheme + authority,
                objectUrl != null ? objectUrl : "http://" + host + ":" + objectPort,
                edgeUrl != null ? edgeUrl : "http://" + host + ":" + edgePort,
                rtmpUrl != null ? rtmpUrl : "rtmp://" + host + ":" + rtmpPort + "/live",
                region);
    }

    private static String hostOf(String authority) {
        if (authority.startsWith("[")) {
            return authority.substring(0, authority.indexOf(']') + 1);
        }
        int colon = authority.indexOf(':');
        return colon < 0 ? authority : authority.substring(0, colon);
    }

    /** The addresses to show. */
    record Public(String console, String object, String edge, String rtmp, String region) {}
}
