// The rules that submitting needs: business days in the program's zone (D1), and the actions that are possible next.

const DAY = 86_400_000;
const formats = new Map();

/** The wall clock of an instant in a zone, as if it were UTC. */
function wall(at, zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
}

const dayOf = (at, zone) => Math.floor(wall(at, zone) / DAY);

/** The first instant of a local day. */
function startOf(day, zone) {
  const midnight = day * DAY;
  const guess = midnight - (wall(midnight, zone) - midnight);
  return midnight - (wall(guess, zone) - guess);
}

function isBusinessDay(day, holidays) {
  const date = new Date(day * DAY);
  return date.getUTCDay() % 6 !== 0 && !holidays.has(date.toISOString().slice(0, 10));
}

/** The end of the `count`th business day after that of `at`. */
export function due(at, count, zone, holidays) {
  let day = dayOf(Date.parse(at), zone);
  for (let left = count; left > 0; ) {
    day += 1;
    if (isBusinessDay(day, holidays)) left -= 1;
  }
  return new Date(startOf(day + 1, zone)).toISOString().replace(".000Z", "Z");
}

/** How many business days there are after the day of `from`, up to and including that of `to`. */
export function businessDaysBetween(from, to, zone, holidays) {
  let count = 0;
  for (let day = dayOf(from, zone) + 1; day <= dayOf(to, zone); day += 1) {
    if (isBusinessDay(day, holidays)) count += 1;
  }
  return count;
}

const BY_STATUS = {
  editing: ["edit", "addEvidence", "discard", "submit", "comment"],
  submitted: ["edit", "addEvidence", "withdraw", "comment"],
  underReview: ["withdraw", "comment"],
  partnerActionRequired: ["edit", "addEvidence", "submit", "withdraw", "comment"],
  approved: ["withdraw", "resendNotice", "comment"],
  rejected: ["addEvidence", "dispute", "comment"],
  discarded: [],
};

/** What the partner may do with the claim now. */
export function allowedActions(claim) {
  return BY_STATUS[claim.status];
}
