package org.culebra.cli.control;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.List;
import org.culebra.backend.DiskStatus;
import org.culebra.backend.OperationLatency;
import org.culebra.cli.text.Json;
import org.culebra.cli.text.LatencySummary;

/** The commands that every served disk has: list, latency and stop. */
public final class DiskCommands {
  private final ServedDisks disks;

  private DiskCommands(ServedDisks disks) {
    this.disks = disks;
  }

  /** Adds them to a registry. */
  public static void addTo(ControlCommands commands, ServedDisks disks) {
    DiskCommands own = new DiskCommands(disks);
    commands.add("list", own::list).add("latency", own::latency).add("stop", own::stop);
  }

  private JsonNode list(ControlArguments arguments) throws ControlException, IOException {
    String disk = arguments.stringOrNull("disk");
    arguments.refuseOthers();
    ArrayNode list = Json.array();
    for (DiskStatus status : existing(disk)) {
      list.addObject()
          .put("name", status.name())
          .put("socket", status.socket())
          .put("device", status.device())
          .put("capacityBytes", status.capacityBytes())
          .put("readOnly", status.readOnly())
          .put("active", status.active())
          .put("connected", status.connected())
          .put("vringsStarted", status.vringsStarted())
          .put("requests", status.requests())
          .put("failures", status.failures())
          .put("guestErrors", status.guestErrors())
          .put("notifications", status.notifications());
    }
    return list;
  }

  private JsonNode latency(ControlArguments arguments) throws ControlException, IOException {
    String disk = arguments.stringOrNull("disk");
    boolean perQueue = arguments.flag("perQueue");
    arguments.refuseOthers();
    existing(disk);
    ArrayNode list = Json.array();
    summaries(disks.latency(disk, perQueue)).forEach(summary -> list.add(summary.toJson()));
    return list;
  }

  private JsonNode stop(ControlArguments arguments) throws ControlException, IOException {
    String disk = arguments.stringOrNull("disk");
    arguments.refuseOthers();
    if (disk == null) {
      disks.requestStop();
    } else {
      disks.stop(disk);
    }
    return Json.object();
  }

  /** Sums histograms up. */
  public static List<LatencySummary> summaries(List<OperationLatency> latencies) {
    return latencies.stream()
        .map(of -> LatencySummary.of(of.disk(), of.queue(), of.operation(), of.histogram()))
        .toList();
  }

  private List<DiskStatus> existing(String diskOrNull) throws IOException {
    List<DiskStatus> all = disks.list();
    if (diskOrNull == null) {
      return all;
    }
    List<DiskStatus> one = all.stream().filter(disk -> disk.name().equals(diskOrNull)).toList();
    if (one.isEmpty()) {
      throw new IOException("disk " + diskOrNull + ": no such disk");
    }
    return one;
  }
}
