package io.millrace.console;

import io.millrace.access.Access;
import io.millrace.live.Live;
import io.millrace.live.StreamStatus;
import io.millrace.live.Trouble;
import io.millrace.live.Troubles;
import io.millrace.media.FailedProbe;
import io.millrace.media.Media;
import io.millrace.store.Store;
import io.millrace.work.outgoing.OutgoingException;
import io.millrace.work.outgoing.Sender;
import io.millrace.work.outgoing.TargetStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Asks every part what is wrong with it now. Full disks and damage are told apart, with their
 * figures. Thread-safe.
 */
final class Concerns {
    /** Of one kind no more are listed; the rest is counted. */
    private static final int MOST_OF_A_KIND = 5;

    private final Store store;
    private final Access access;
    private final Media media;
    private final Live live;
    private final Sender sender;
    private final EdgeReports reports;

    Concerns(
            Store store,
            Access access,
            Media media,
            Live live,
            Sender sender,
            EdgeReports reports) {
        this.store = store;
        this.access = access;
        this.media = media;
        this.live = live;
        this.sender = sender;
        this.reports = reports;
    }

    /** All of them, the severe ones first. */
    List<Concern> look(List<StreamStatus> streams) {
        List<Concern> all = new ArrayList<>();
        all.addAll(storage());
        all.addAll(few(streams.stream().flatMap(Concerns::of).toList(), "/live"));
        all.addAll(few(outgoing(), "/outgoing"));
        all.addAll(few(edges(), "/domains"));
        all.addAll(programs());
        all.addAll(few(live.streams().strangers().stream().map(Concerns::of).toList(), "/live"));
        all.addAll(few(media.failedProbes().stream().map(Concerns::of).toList(), "/buckets"));
        return Stream.of(true, false)
                .flatMap(severe -> all.stream().filter(c -> c.severe() == severe))
                .toList();
    }

    private static List<Concern> few(List<Concern> all, String link) {
        if (all.size() <= MOST_OF_A_KIND) {
            return all;
        }
        List<Concern> few = new ArrayList<>(all.subList(0, MOST_OF_A_KIND));
        Concern first = all.getFirst();
        int more = all.size() - MOST_OF_A_KIND;
        few.add(new Concern(first.kind(), first.severe(), "And " + more + " more.", "", link));
        return few;
    }

    private List<Concern> storage() {
        List<Concern> found = new ArrayList<>();
        store.extentsFailure()
                .ifPresent(
                        why ->
                                found.add(
                                        new Concern(
                                                "store",
                                                true,
                                                "Only small objects are stored.",
                                                why,
                                                "/buckets")));
        store.trouble()
                .ifPresent(
                        why ->
                                found.add(
                                        new Concern(
                                                "store",
                                                false,
                                                "What is deleted gives no space back.",
                                                why,
                                                "/buckets")));
        return found;
    }

    private static Stream<Concern> of(StreamStatus stream) {
        String link = "/live/" + Proofs.encode(stream.stream(), false);
        return stream.troubles().stream()
                .map(
                        t ->
                                new Concern(
                                        "stream",
                                        stream.state() != StreamStatus.State.LIVE
                                                || t.kind() == Trouble.Kind.NOT_STORED,
                                        title(stream.stream(), t.kind()),
                                        from(t) + t.reason() + ".",
                                        link));
    }

    private static String title(String stream, Trouble.Kind kind) {
        return switch (kind) {
            case REFUSED -> "A publisher of " + stream + " was refused.";
            case DROPPED -> "The push to " + stream + " broke off.";
            case NOT_STORED -> "What " + stream + " sends is not stored.";
        };
    }

    private static String from(Trouble trouble) {
        return trouble.publisher() == null ? "" : trouble.publisher() + ": ";
    }

    private static Concern of(Troubles.Stranger stranger) {
        return new Concern(
                "stream",
                false,
                "Somebody tried to publish to " + stranger.name() + ".",
                from(stranger.trouble()) + stranger.trouble().reason() + ".",
                "/live");
    }

    private List<Concern> outgoing() {
        List<Concern> found = new ArrayList<>();
        for (TargetStatus target : sender.queues()) {
            if (target.address() != null && target.failing()) {
                found.add(failing("Events do not arrive.", target));
            } else if (target.dead() > 0) {
                found.add(
                        new Concern(
                                "outgoing",
                                false,
                                target.dead() == 1
                                        ? "One event was given up."
                                        : target.dead() + " events were given up.",
                                "Send them again, or discard them.",
                                "/outgoing"));
            }
        }
        try {
            access.deviceHook()
                    .map(sender::asked)
                    .filter(TargetStatus::failing)
                    .ifPresent(
                            t -> found.add(failing("No device gets a token: the hook fails.", t)));
        } catch (OutgoingException e) {
            found.add(
                    new Concern(
                            "outgoing",
                            true,
                            "No device gets a token: the hook's address is unusable.",
                            e.getMessage() + ".",
                            "/devices"));
        }
        return found;
    }

    private static Concern failing(String title, TargetStatus target) {
        String where = target.address() == null ? "" : target.address() + ": ";
        return new Concern("outgoing", true, title, where + target.reason() + ".", "/outgoing");
    }

    private List<Concern> edges() {
        return reports.seen().stream()
                .filter(edge -> !edge.alive())
                .map(
                        edge ->
                                new Concern(
                                        "edge",
                                        true,
                                        "The edge " + edge.id() + " reports no more.",
                                        "Look whether it runs and reaches this console. One that"
                                                + " is gone for good is forgotten after an hour.",
                                        "/domains"))
                .toList();
    }

    private List<Concern> programs() {
        return media.missing().stream()
                .map(
                        what ->
                                new Concern(
                                        "media",
                                        false,
                                        "Videos are neither probed nor cut.",
                                        what + ".",
                                        "/buckets"))
                .toList();
    }

    private static Concern of(FailedProbe probe) {
        String object = probe.object().bucket() + "/" + probe.object().key();
        return new Concern(
                "probe",
                false,
                "What is in " + object + " could not be read.",
                probe.reason(),
                "/buckets/"
                        + Proofs.encode(probe.object().bucket(), false)
                        + "?object="
                        + Proofs.encode(probe.object().key(), false));
    }
}
