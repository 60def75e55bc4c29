package io.millrace.console;

import io.millrace.kit.Damage;
import io.millrace.store.scrub.DamagedObject;
import io.millrace.store.scrub.Found;
import io.millrace.store.scrub.Scrub;
import io.millrace.store.scrub.ScrubStatus;
import java.util.List;

/** What is known to be damaged, how far the scrub is, and the wish that it begin now. */
final class DamageApi {
    private static final int MOST_OBJECTS = 1_000;

    private final Gate gate;
    private final Scrub scrub;

    DamageApi(Gate gate, Scrub scrub) {
        this.gate = gate;
        this.scrub = scrub;
    }

    /**
     * What the page shows.
     *
     * @param objects how many objects, and parts of open uploads, can't be read in part
     * @param listed the first 1,000 of them
     * @param files damaged files of the key space
     */
    record Report(
            ScrubStatus scrub,
            double progress,
            int objects,
            List<DamagedObject> listed,
            List<Damage> files) {}

    void register(Router router) {
        router.get("/api/damage", this::report).post("/api/damage/scrub", this::start);
    }

    private void report(Call call) {
        gate.require(call, "admin:Status", "*");
        Found found = scrub.found();
        ScrubStatus status = scrub.status();
        List<DamagedObject> objects = found.objects();
        List<DamagedObject> first = objects.subList(0, Math.min(MOST_OBJECTS, objects.size()));
        call.json(new Report(status, status.progress(), objects.size(), first, found.files()));
    }

    private void start(Call call) {
        gate.require(call, "admin:Scrub", "*");
        scrub.startNow();
        call.done();
    }
}
