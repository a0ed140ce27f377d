using BpfPS.Expressions;

namespace BpfPS.Measuring;

/// <summary>What is kept of one value in one group.</summary>
internal struct ValueTally
{
    private Int128 _whole;
    private double _real;
    private Numeric _least;
    private Numeric _greatest;
    private bool _isReal;

    /// <summary>A tally as it was before.</summary>
    /// <param name="count">How many records had the value.</param>
    /// <param name="whole">The sum of the whole numbers.</param>
    /// <param name="real">The sum of the floating-point numbers.</param>
    /// <param name="least">The least number.</param>
    /// <param name="greatest">The greatest number.</param>
    public ValueTally(long count, Int128 whole, double real, Numeric least, Numeric greatest)
    {
        (Count, _whole, _real, _least, _greatest) = (count, whole, real, least, greatest);
        _isReal = real != 0 || least.IsReal || greatest.IsReal;
    }

    /// <summary>How many records had the value.</summary>
    public long Count { get; private set; }

    /// <summary>The sum of the whole numbers, exactly.</summary>
    public readonly Int128 Whole => _whole;

    /// <summary>Whether one of the numbers was a floating-point number, so that their sum is one.</summary>
    public readonly bool IsReal => _isReal;

    /// <summary>The sum of all numbers as a floating-point number.</summary>
    public readonly double Real => (double)_whole + _real;

    /// <summary>The sum of the floating-point numbers alone.</summary>
    public readonly double RealPart => _real;

    /// <summary>The least number; nothing if there was none.</summary>
    public readonly Numeric Least => _least;

    /// <summary>The greatest number; nothing if there was none.</summary>
    public readonly Numeric Greatest => _greatest;

    /// <summary>Adds a record's number, unless it is nothing.</summary>
    public void Add(Numeric number)
    {
        if (number.IsNothing)
        {
            return;
        }
        if (number.IsReal)
        {
            _real += number.Real;
            _isReal = true;
        }
        else
        {
            _whole += number.Whole;
        }
        Count++;
        Span(number, number);
    }

    /// <summary>Adds what another tally has.</summary>
    public void Add(in ValueTally other)
    {
        if (other.Count == 0)
        {
            return;
        }
        _real += other._real;
        _whole += other._whole;
        _isReal |= other._isReal;
        Count += other.Count;
        Span(other._least, other._greatest);
    }

    private void Span(Numeric least, Numeric greatest)
    {
        if (_least.IsNothing || Numeric.Compare(least, _least) == -1)
        {
            _least = least;
        }
        if (_greatest.IsNothing || Numeric.Compare(greatest, _greatest) == 1)
        {
            _greatest = greatest;
        }
    }
}
