/** What no output may let through: an escape sequence, an invisible turn of direction, a command of a CI. */
export const hostile = "\u001b[31m\u202e\n::error::";
