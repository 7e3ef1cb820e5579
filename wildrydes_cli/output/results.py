"""What goes to stdout: a table for people, or one of the formats for programs.

A table is drawn only on a terminal, by `terminal`, which loads rich. In a pipe it is tab-separated, and nothing is cut.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from wildrydes_cli.errors import counted
from wildrydes_cli.output.messages import note
from wildrydes_cli.output.tabbed import COLUMNS, write_tabbed
from wildrydes_cli.output.text import safe_json, visible
from wildrydes_cli.rides.dispatch import ETA, Dispatched, response_body
from wildrydes_cli.rides.model import RecordedRide
from wildrydes_cli.stores.base import TableStatus

if TYPE_CHECKING:
    from wildrydes_cli.rides.stats import Stats


def write_json(value: object, form: str = "json") -> None:
    """Write one value as JSON: on one line as `jsonl`, else indented."""
    from wildrydes_cli.output.formats import json_document, json_line

    sys.stdout.write(json_line(value) if form == "jsonl" else json_document(value))


def write_document(markdown: str) -> None:
    """Write Markdown of our own: drawn on a terminal, and as it is in a pipe."""
    if sys.stdout.isatty():
        from wildrydes_cli.output.document import print_document

        print_document(markdown)
    else:
        sys.stdout.write(markdown.rstrip("\n") + "\n")


def write_record(title: str, record: Mapping[str, Any]) -> None:
    """Write one result for a person: a name and a value per line. Values that are None or empty are left out."""
    given = {name: value for name, value in record.items() if value not in (None, "")}
    if sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        texts = {name: f"{value:,}" if isinstance(value, int) else str(value) for name, value in given.items()}
        terminal.print_record(visible(title), [(name, visible(text)) for name, text in texts.items()])
    else:
        sys.stdout.writelines(f"{name}\t{visible(str(value))}\n" for name, value in given.items())


def write_dry_run(
    changes: Mapping[str, str], reasons: Mapping[str, str], overwrites: Sequence[str], form: str, **more: object
) -> None:
    """Write what a deployment would do to each of its parts, the reasons, and `more` JSON that it would use.

    What it would overwrite goes to stderr too.
    """
    if form != "table":
        write_json({"DryRun": True, "Parts": changes, "Differences": reasons, "Overwrites": overwrites, **more}, form)
    else:
        would = {part: f"would be {change}: {reasons[part]}" for part, change in changes.items() if part in reasons}
        write_record("dry run: nothing was changed", {**changes, **would})
        for value in filter(None, more.values()):
            write_json(value)
    for lost in overwrites:
        note(f"without --dry-run, this would ask before it overwrites {lost}")


def write_table_status(status: TableStatus, form: str) -> None:
    """Write where the table is, and whether it was created."""
    values = {
        "Table": status.table,
        "Arn": status.arn,
        "Status": status.status,
        "Created": status.created,
        "Store": status.store,
        "Region": status.region,
        "Account": status.account,
        "Indexes": status.indexes,
    }
    if form != "table":
        write_json(values, form)
        return
    if not status.created:
        note(f"table {status.table} already exists")
    del values["Created"]
    write_record("created" if status.created else "ready", {**values, "Indexes": ", ".join(status.indexes or ())})


def added_indexes(status: TableStatus) -> str:
    """Say what `setup-table --add-indexes` did to a table that existed."""
    done = []
    if status.added:
        done.append(f"added the {'index' if len(status.added) == 1 else 'indexes'} {' and '.join(status.added)}")
    if status.sharded:
        done.append(f"put {counted(status.sharded, 'older ride')} into the index by time")
    return "; ".join(done) or "nothing to add"


def write_dispatched(dispatched: Dispatched, form: str) -> None:
    """Write which unicorn was dispatched. As JSON, this is the response of the tutorial's function."""
    ride = dispatched.ride
    if dispatched.repeated:
        note(f"ride {ride.ride_id} was already recorded at {ride.request_time}; showing it")
    if form != "table":
        write_json(response_body(ride), form)
        return
    unicorn = ride.unicorn
    write_record(
        f"🦄 {unicorn.name} is on the way",
        {
            "RideId": ride.ride_id,
            "Unicorn": unicorn.name,
            "Color": unicorn.color,
            "Gender": unicorn.gender,
            "Eta": ETA,
            "Rider": ride.rider,
            "Pickup": f"{ride.pickup.latitude}, {ride.pickup.longitude}",
        },
    )


def write_log(events: Iterable[tuple[str, str, str]], form: str) -> None:
    """Write the events of a log, each of which is a time, a message and the name of a log stream.

    Except as `json`, which is one array, each event is written as soon as it arrives.
    """
    objects = ({"Time": time, "Message": message, "LogStream": stream} for time, message, stream in events)
    if form == "json":
        write_json(list(objects))
        return
    for event in objects:
        if form == "jsonl":
            write_json(event, form)
        else:
            for line in event["Message"].rstrip().splitlines() or [""]:
                print(f"{event['Time']}\t{visible(line.expandtabs())}")
        sys.stdout.flush()


def write_deployed(result: Mapping[str, Any], form: str) -> None:
    """Write what was deployed. `Parts` says what became of each part."""
    if form != "table":
        write_json(result, form)
    else:
        by_change: dict[str, list[str]] = {}
        for name, change in result["Parts"].items():
            by_change.setdefault(change, []).append(name)
        if len(by_change) == 1:
            parts = f"all {next(iter(by_change))}"
        else:
            parts = "; ".join(f"{change}: {', '.join(names)}" for change, names in by_change.items())
        write_record("deployed", {**result, "Parts": parts})


def write_removed(removed: Mapping[str, str], names: Iterable[str], form: str) -> None:
    """Write what became of each part that was to be deleted. For people, each part has its name too."""
    if form != "table":
        write_json(removed, form)
    else:
        named = zip(removed.items(), names, strict=True)
        title = "deleted" if "deleted" in removed.values() else "nothing was deleted"
        write_record(title, {part: f"{name}: {outcome}" for (part, outcome), name in named})


class Row(NamedTuple):
    """A part: its state, the reason if it is not ready, and the command that fixes it."""

    state: str
    reason: str = ""
    command: str = ""


def write_status(
    rows: Mapping[str, Row],
    sections: Mapping[str, Sequence[str]],
    values: Mapping[str, str | None],
    following: str,
    form: str,
) -> None:
    """Write the state of each part, the values to copy from one step to another, and the command to run next.

    `sections` are titles, each with the names of its rows.
    """
    if form != "table":
        parts = {
            name: {"State": row.state, "Reason": row.reason or None, "Command": row.command or None}
            for name, row in rows.items()
        }
        ready = all(row.state in ("ready", "differs") for row in rows.values())
        write_json({"Ready": ready, "Next": following or None, "Values": values, "Parts": parts}, form)
        return
    known = {name: value for name, value in values.items() if value}
    if sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_status(
            {title: {name: rows[name] for name in names} for title, names in sections.items()}, known, following
        )
    else:
        sys.stdout.writelines("\t".join(map(visible, (name, *row))) + "\n" for name, row in rows.items())
        told = {**known, "Next": following} if following else known
        sys.stdout.writelines(f"{name}\t{visible(value)}\n" for name, value in told.items())


def write_config(config: Mapping[str, Mapping[str, str]]) -> None:
    """Write the tutorial's `config.js`. Each value is JSON, which is JavaScript too."""
    import json

    sections = [
        f"    {section}: {{\n"
        + ",\n".join(f"        {name}: {safe_json(json.dumps(value))}" for name, value in values.items())
        + "\n    }"
        for section, values in config.items()
    ]
    print("window._config = {\n" + ",\n".join(sections) + "\n};")


def write_response(title: str, status: int, body: object) -> None:
    """Write the response of the function or the API for a person: its status, and its body as JSON if it is JSON."""
    from wildrydes_cli.shapes import json_value

    write_record(title, {"Status": status})
    try:
        write_json(json_value(body) if isinstance(body, str) else body)
    except ValueError:
        write_json(body)


def write_ride(ride: RecordedRide, form: str) -> None:
    """Write one ride, on one line as `json` or `jsonl`, or as a `table`."""
    if form != "table":
        from wildrydes_cli.output.formats import ride_json

        print(ride_json(ride))
    else:
        write_record(f"ride {ride.ride_id}", dict(zip(COLUMNS, ride, strict=True)))


def write_rides(rides: Iterable[RecordedRide], form: str, *, live: bool = False, heading: bool = True) -> None:
    """Write each ride as soon as it arrives. A table on a terminal is drawn by the screenful.

    Args:
        rides: The rides.
        form: `table`, or one of `formats.WRITERS`.
        live: The rides are being followed: show their time of day instead of their age.
        heading: Write the names of the columns first.
    """
    if form != "table":
        from wildrydes_cli.output.formats import WRITERS

        WRITERS[form](rides)
    elif sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_rides(rides, live=live, heading=heading)
    else:
        write_tabbed(rides, heading=heading)


def write_stats(stats: "Stats", period: str, form: str) -> None:
    """Write the counts. In a pipe, a line has the kind, the name and the number of rides."""
    if form != "table":
        one, many = {"day": ("Day", "Days"), "hour": ("Hour", "Hours")}[period]
        write_json(
            {
                "Rides": stats.rides,
                "Unicorns": [{"Unicorn": name, "Rides": rides} for name, rides in stats.unicorns],
                "Riders": [{"Rider": name, "Rides": rides} for name, rides in stats.riders],
                many: [{one: name, "Rides": rides} for name, rides in stats.periods],
            },
            form,
        )
        return
    sections = {"Unicorn": stats.unicorns, "Rider": stats.riders, period.title(): stats.periods}
    if sys.stdout.isatty():
        from wildrydes_cli.output import terminal

        terminal.print_stats(stats.rides, sections, stats.other_riders)
        return
    print(f"Rides\t\t{stats.rides}")
    for kind, counts in sections.items():
        sys.stdout.writelines(f"{kind}\t{visible(name or '')}\t{rides}\n" for name, rides in counts)
