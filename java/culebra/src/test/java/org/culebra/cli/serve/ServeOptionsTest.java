package org.culebra.cli.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.culebra.backend.DiskOptions;
import org.culebra.backend.DiskStatus;
import org.culebra.cli.CommandLineRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ServeOptionsTest {
  private static List<DiskOptions> parse(String... args) {
    ServeOptions options = new ServeOptions();
    new CommandLine(new Wrapper(options)).parseArgs(args);
    return options.disks();
  }

  /** A command of nothing but these options. */
  @CommandLine.Command
  static final class Wrapper {
    @CommandLine.Mixin private final ServeOptions options;

    Wrapper(ServeOptions options) {
      this.options = options;
    }
  }

  @Test
  void shouldReadEveryKeyOfADisk() {
    var disks =
        parse(
            "--disk",
            "name=sys,socket=/tmp/s,target=/a,,b.qcow2,format=qcow2,read-only=on,queues=8,"
                + "queue-size=256,serial=S1,inactive=on",
            "--disk",
            "name=data,fd=5,target=nbd://h/e");
    assertEquals(
        new DiskOptions(
            "sys", Path.of("/tmp/s"), -1, "/a,b.qcow2", "qcow2", true, 8, 256, "S1", true),
        disks.get(0));
    assertEquals(
        new DiskOptions("data", null, 5, "nbd://h/e", "raw", false, 64, 1024, "data", false),
        disks.get(1));
  }

  @Test
  void shouldCutTheNameToMakeASerialOfIt() {
    var disks = parse("--disk", "name=a-name-longer-than-a-serial,fd=5,target=t");
    assertEquals("a-name-longer-than-a", disks.getFirst().serial());
  }

  @Test
  void shouldReadTheShortFormAfterQemusConventions() {
    assertEquals(
        List.of(
            new DiskOptions("disk0", Path.of("/s"), -1, "/t", "auto", true, 2, 128, "X", false)),
        parse(
            "--socket-path=/s",
            "--blk-file=/t",
            "--read-only",
            "--format=auto",
            "--num-queues=2",
            "--queue-size=128",
            "--serial=X"));
    assertEquals(
        List.of(new DiskOptions("disk0", null, 3, "/t", "raw", false, 64, 1024, "disk0", false)),
        parse("--fd", "3", "--blk-file", "/t"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name=a,fd=3|disk a: target: needed",
        "fd=3,target=t|--disk fd=3,target=t: name: needed",
        "name=a b,fd=3,target=t|disk a b: name a b: letters, digits, - and _, at most 64",
        "name=a.b,fd=3,target=t|disk a.b: name a.b: letters, digits, - and _, at most 64",
        "name=a,target=t|disk a: socket, fd: one of both is needed",
        "name=a,socket=/s,fd=3,target=t|disk a: socket, fd: one of both is needed",
        "name=a,socket=,target=t|a path is empty",
        "name=a,fd=x,target=t|disk a: fd x: a whole number is needed",
        "name=a,fd=-1,target=t|disk a: fd -1: a whole number is needed",
        "name=a,fd=3,target=t,format=vmdk|format vmdk: raw, qcow2 or auto",
        "name=a,fd=3,target=t,read-only=yes|disk a: read-only yes: on or off",
        "name=a,fd=3,target=ftp://h/e|disk a: ftp://h/e: scheme \"ftp\": must be null, memory, nbd"
            + " or nbd+unix, or none for a path",
        "name=a,fd=3,target=t,inactive=1|disk a: inactive 1: on or off",
        "name=a,fd=3,target=t,queues=0|disk a: queues 0: 1 to 256",
        "name=a,fd=3,target=t,queues=257|disk a: queues 257: 1 to 256",
        "name=a,fd=3,target=t,queues=1x|disk a: queues 1x: a whole number is needed",
        "name=a,fd=3,target=t,queue-size=100|"
            + "disk a: queue-size 100: a power of two from 2 to 32768",
        "name=a,fd=3,target=t,serial=123456789012345678901|"
            + "disk a: serial 123456789012345678901: at most 20 bytes",
        "name=a,fd=3,target=t,size=4|disk a: size: no such key: name, socket or fd, target,"
            + " format, read-only, queues, queue-size, serial, inactive",
        "name=a,name=b|name: given twice",
        "whatever|whatever: options are written key=value,key=value"
      })
  void shouldTellTheValueAndTheRuleOfAWrongDisk(String disk, String error) {
    assertEquals(
        new CommandLineRun(2, "", "culebra: " + error + "\n"),
        CommandLineRun.of("serve", "--disk", disk));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "|--disk, or --socket-path and --blk-file: needed",
        "--socket-path /s|--blk-file: needed",
        "--blk-file t|--socket-path, --fd: one of both is needed",
        "--blk-file t --socket-path /s --fd 3|--socket-path, --fd: one of both is needed",
        "--blk-file null:x --fd 3|null:x: size \"x\": must be digits, then nothing or one"
            + " of K M G T",
        "--blk-file t --fd -2|--fd -2: 0 or more",
        "--blk-file t --fd three|--fd three: a whole number is needed",
        "--blk-file t --fd 3 --format vdi|format vdi: raw, qcow2 or auto",
        "--blk-file t --fd 3 --num-queues 300|disk disk0: queues 300: 1 to 256",
        "--blk-file t --fd 3 --num-queues many|--num-queues many: a whole number is needed",
        "--blk-file t --fd 3 --poll never|--poll never: one of adaptive, busy, wait",
        "--blk-file t --fd 3 --cpus 1-|--cpus 1-: a list of CPUs is written like 0,2-3",
        "--blk-file t --fd 3 --drain-timeout 1h|--drain-timeout 1h: seconds from 0 to 604800",
        "--blk-file t --fd 3 --disk name=a,fd=4,target=u|"
            + "--disk and the short form: one or the other",
        "--socket-path /s --disk name=a,fd=4,target=u|"
            + "--disk and the short form: one or the other",
        "--blk-file t --socket-path=|--socket-path: a path is empty",
        "--disk name=a,fd=3,target=t --disk name=a,fd=4,target=t|disk a: name given twice",
        "--disk name=a,fd=3,target=t --disk name=b,fd=3,target=t|"
            + "disk b: its socket is that of disk a",
        "--disk name=a,socket=/s,target=t --disk name=b,socket=/s,target=t|"
            + "disk b: its socket is that of disk a",
      })
  void shouldTellTheValueAndTheRuleOfAWrongOption(String options, String error) {
    String line = options == null ? "serve" : "serve " + options;
    assertEquals(
        new CommandLineRun(2, "", "culebra: " + error + "\n"), CommandLineRun.of(line.split(" ")));
  }

  @Test
  void shouldTellOnWhichCpusItMayRun() {
    CommandLineRun run = CommandLineRun.of("serve", "--fd=3", "--blk-file=t", "--cpus=65535");
    assertEquals(2, run.code());
    assertTrue(run.err().startsWith("culebra: --cpus 65535: this process may run on "), run.err());
  }

  @Test
  void shouldRefuseTheSameValuesWithoutACommandLine() {
    var wrong = assertThrows(IllegalArgumentException.class, () -> parse("--fd=3"));
    assertEquals("--blk-file: needed", wrong.getMessage());
  }

  @Test
  void shouldPrintCapabilitiesAndIgnoreEverythingElse() {
    CommandLineRun run = CommandLineRun.of("serve", "--what", "--print-capabilities", "--fd=x");
    assertEquals(0, run.code());
    assertTrue(run.out().contains("\"type\": \"block\""), run.out());
    assertTrue(run.out().contains("[\"read-only\", \"blk-file\"]"), run.out());
  }

  @Test
  void shouldTellWhereADiskCanBeConnectedTo() {
    var status = new DiskStatus("d0", "/s", "qcow2 /t", 1 << 30, true, true, false, 0, 0, 0, 0, 0);
    assertEquals(
        "disk d0: listening on /s, qcow2 /t, 1 GiB, read-only", ServeCommand.listening(status));
  }
}
